#[automatically_derived]
impl ::tallsbi::__private::Dimension for Pair {
    const DIM: ::tallsbi::__private::usize = 2;
}
#[automatically_derived]
impl ::tallsbi::__private::Observation<2> for Pair {
    fn labels() -> [::tallsbi::__private::Label; 2] {
        [
            ::tallsbi::__private::Label::scalar("a", "", ""),
            ::tallsbi::__private::Label::scalar("b", "", ""),
        ]
    }
    fn transforms() -> [::tallsbi::__private::Transform; 2] {
        [
            ::tallsbi::__private::Transform::Identity,
            ::tallsbi::__private::Transform::Identity,
        ]
    }
    fn to_array(&self) -> [::tallsbi::__private::f64; 2] {
        [::tallsbi::__private::widen(self.a), self.b]
    }
    fn from_array(values: [::tallsbi::__private::f64; 2]) -> Self {
        Self {
            a: ::tallsbi::__private::narrow(values[0]),
            b: values[1],
        }
    }
}
#[automatically_derived]
impl ::tallsbi::__private::Sequence for Pair {
    const CHANNELS: &'static [::tallsbi::__private::Channel] = &[];
}
#[automatically_derived]
impl ::tallsbi::__private::Outcome for Pair {
    type Observation = Self;
    fn into_result(
        self,
    ) -> ::tallsbi::__private::Result<Self, ::tallsbi::__private::SimulationError> {
        ::tallsbi::__private::Result::Ok(self)
    }
}
