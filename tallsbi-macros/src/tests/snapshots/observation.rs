#[automatically_derived]
impl ::tallsbi::__private::Dimension for Counts {
    const DIM: ::tallsbi::__private::usize = 12 + (N);
}
const _: () = ::tallsbi::__private::core::assert!(
    (N) > 0, "the array `trace` needs at least one component"
);
#[automatically_derived]
impl ::tallsbi::__private::Observation<{ 12 + (N) }> for Counts {
    fn labels() -> [::tallsbi::__private::Label; 12 + (N)] {
        ::tallsbi::__private::join(
            &[
                &::tallsbi::__private::components::<
                    10,
                >("cases", "cases on each day", ""),
                &[::tallsbi::__private::Label::scalar("peak", "", "")],
                &[::tallsbi::__private::Label::scalar("share", "", "")],
                &::tallsbi::__private::components::<{ N }>("trace", "", ""),
            ],
        )
    }
    fn transforms() -> [::tallsbi::__private::Transform; 12 + (N)] {
        ::tallsbi::__private::join(
            &[
                &[::tallsbi::__private::Transform::Log1p; 10],
                &[::tallsbi::__private::Transform::Identity],
                &[::tallsbi::__private::Transform::Logit],
                &[::tallsbi::__private::Transform::Identity; { N }],
            ],
        )
    }
    fn to_array(&self) -> [::tallsbi::__private::f64; 12 + (N)] {
        ::tallsbi::__private::join(
            &[
                &::tallsbi::__private::widen_array(self.cases),
                &[::tallsbi::__private::widen(self.peak)],
                &[self.share],
                &self.trace,
            ],
        )
    }
    fn from_array(values: [::tallsbi::__private::f64; 12 + (N)]) -> Self {
        Self {
            cases: ::tallsbi::__private::narrow_array(
                ::tallsbi::__private::part(&values, 0),
            ),
            peak: ::tallsbi::__private::narrow(values[10]),
            share: values[11],
            trace: ::tallsbi::__private::part(&values, 12),
        }
    }
}
#[automatically_derived]
impl ::tallsbi::__private::Sequence for Counts {
    const CHANNELS: &'static [::tallsbi::__private::Channel] = &[
        ::tallsbi::__private::Channel::array(0, 10),
        ::tallsbi::__private::Channel::array(12, { N }),
    ];
}
#[automatically_derived]
impl ::tallsbi::__private::Outcome for Counts {
    type Observation = Self;
    fn into_result(
        self,
    ) -> ::tallsbi::__private::Result<Self, ::tallsbi::__private::SimulationError> {
        ::tallsbi::__private::Result::Ok(self)
    }
}
