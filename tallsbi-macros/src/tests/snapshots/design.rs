#[automatically_derived]
impl ::tallsbi::__private::Dimension for Dose {
    const DIM: ::tallsbi::__private::usize = 2;
}
#[automatically_derived]
impl ::tallsbi::__private::Parameters<2> for Dose {
    fn labels() -> [::tallsbi::__private::Label; 2] {
        [
            ::tallsbi::__private::Label::scalar("amount", "administered amount", "mg"),
            ::tallsbi::__private::Label::scalar("hour", "", ""),
        ]
    }
    fn to_array(&self) -> [::tallsbi::__private::f64; 2] {
        [self.amount, ::tallsbi::__private::widen(self.hour)]
    }
    fn from_array(values: [::tallsbi::__private::f64; 2]) -> Self {
        Self {
            amount: values[0],
            hour: ::tallsbi::__private::narrow(values[1]),
        }
    }
}
#[automatically_derived]
impl ::tallsbi::__private::DeclaredPrior<2> for Dose {
    fn declare<__W: ::tallsbi::__private::PriorWalk>(
        walk: &mut __W,
    ) -> ::tallsbi::__private::Result<(), ::tallsbi::__private::PriorError> {
        walk.scalar(::tallsbi::__private::family::LogUniform::new(1.0, 100.0))?;
        walk.scalar(::tallsbi::__private::family::Uniform::new(0.0, 24.0))?;
        ::tallsbi::__private::Result::Ok(())
    }
}
#[automatically_derived]
impl ::tallsbi::__private::ClosedFormDiffusion for Dose {}
const _: () = match ::tallsbi::__private::family::LogUniform::new(1.0, 100.0) {
    ::tallsbi::__private::Result::Ok(_) => {}
    ::tallsbi::__private::Result::Err(error) => {
        ::tallsbi::__private::core::panic!("{}", error.message)
    }
};
const _: () = match ::tallsbi::__private::family::Uniform::new(0.0, 24.0) {
    ::tallsbi::__private::Result::Ok(_) => {}
    ::tallsbi::__private::Result::Err(error) => {
        ::tallsbi::__private::core::panic!("{}", error.message)
    }
};
#[automatically_derived]
impl ::tallsbi::__private::Design<2> for Dose {
    fn labels() -> [::tallsbi::__private::Label; 2] {
        <Self as ::tallsbi::__private::Parameters<2>>::labels()
    }
    fn transforms() -> [::tallsbi::__private::Transform; 2] {
        [::tallsbi::__private::Transform::Log, ::tallsbi::__private::Transform::Identity]
    }
    fn to_array(&self) -> [::tallsbi::__private::f64; 2] {
        <Self as ::tallsbi::__private::Parameters<2>>::to_array(self)
    }
    fn from_array(values: [::tallsbi::__private::f64; 2]) -> Self {
        <Self as ::tallsbi::__private::Parameters<2>>::from_array(values)
    }
}
