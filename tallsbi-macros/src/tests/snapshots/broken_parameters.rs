::core::compile_error! {
    "unknown distribution `Norml`; did you mean `Normal`?"
}
::core::compile_error! {
    "a parameter is a real number: write `f64`, and round inside the simulator"
}
::core::compile_error! {
    "`b` has no prior: add `#[prior(Normal(0.0, 1.0))]` or another distribution"
}
#[automatically_derived]
impl ::tallsbi::__private::Dimension for Broken {
    const DIM: ::tallsbi::__private::usize = 2;
}
#[automatically_derived]
impl ::tallsbi::__private::Parameters<2> for Broken {
    fn labels() -> [::tallsbi::__private::Label; 2] {
        ::tallsbi::__private::core::unreachable!("this struct did not compile")
    }
    fn to_array(&self) -> [::tallsbi::__private::f64; 2] {
        ::tallsbi::__private::core::unreachable!("this struct did not compile")
    }
    fn from_array(_: [::tallsbi::__private::f64; 2]) -> Self {
        ::tallsbi::__private::core::unreachable!("this struct did not compile")
    }
}
#[automatically_derived]
impl ::tallsbi::__private::DeclaredPrior<2> for Broken {
    fn declare<W: ::tallsbi::__private::PriorWalk>(
        _: &mut W,
    ) -> ::tallsbi::__private::Result<(), ::tallsbi::__private::PriorError> {
        ::tallsbi::__private::core::unreachable!("this struct did not compile")
    }
}
#[automatically_derived]
impl ::tallsbi::__private::ClosedFormDiffusion for Broken {}
