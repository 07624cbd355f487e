#[automatically_derived]
impl ::tallsbi::__private::Dimension for Epidemic {
    const DIM: ::tallsbi::__private::usize = 2;
}
#[automatically_derived]
impl ::tallsbi::__private::Parameters<2> for Epidemic {
    fn labels() -> [::tallsbi::__private::Label; 2] {
        [
            ::tallsbi::__private::Label::scalar("beta", "contact rate", "1/day"),
            ::tallsbi::__private::Label::scalar("gamma", "recovery rate", "1/day"),
        ]
    }
    fn to_array(&self) -> [::tallsbi::__private::f64; 2] {
        [self.beta, self.gamma]
    }
    fn from_array(values: [::tallsbi::__private::f64; 2]) -> Self {
        Self {
            beta: values[0],
            gamma: values[1],
        }
    }
}
#[automatically_derived]
impl ::tallsbi::__private::DeclaredPrior<2> for Epidemic {
    fn declare<__W: ::tallsbi::__private::PriorWalk>(
        walk: &mut __W,
    ) -> ::tallsbi::__private::Result<(), ::tallsbi::__private::PriorError> {
        walk.scalar(::tallsbi::__private::family::LogNormal::new(-0.916, 0.5))?;
        walk.scalar(::tallsbi::__private::family::LogNormal::new(-2.079, 0.2))?;
        ::tallsbi::__private::Result::Ok(())
    }
}
#[automatically_derived]
impl ::tallsbi::__private::ClosedFormDiffusion for Epidemic {}
const _: () = match ::tallsbi::__private::family::LogNormal::new(-0.916, 0.5) {
    ::tallsbi::__private::Result::Ok(_) => {}
    ::tallsbi::__private::Result::Err(error) => {
        ::tallsbi::__private::core::panic!("{}", error.message)
    }
};
const _: () = match ::tallsbi::__private::family::LogNormal::new(-2.079, 0.2) {
    ::tallsbi::__private::Result::Ok(_) => {}
    ::tallsbi::__private::Result::Err(error) => {
        ::tallsbi::__private::core::panic!("{}", error.message)
    }
};
