#[automatically_derived]
impl ::tallsbi::__private::Dimension for Herd {
    const DIM: ::tallsbi::__private::usize = 6 + (N);
}
const _: () = ::tallsbi::__private::core::assert!(
    (N) > 0, "the array `east` needs at least one component"
);
const _: () = ::tallsbi::__private::core::assert!(
    { N } == 5,
    "`east` and `mass` are components of the same exchangeable points: give them one length"
);
#[automatically_derived]
impl ::tallsbi::__private::Observation<{ 6 + (N) }> for Herd {
    fn labels() -> [::tallsbi::__private::Label; 6 + (N)] {
        ::tallsbi::__private::join(
            &[
                &[::tallsbi::__private::Label::scalar("day", "", "")],
                &::tallsbi::__private::components::<{ N }>("east", "", ""),
                &::tallsbi::__private::components::<5>("mass", "", ""),
            ],
        )
    }
    fn transforms() -> [::tallsbi::__private::Transform; 6 + (N)] {
        ::tallsbi::__private::join(
            &[
                &[::tallsbi::__private::Transform::Identity],
                &[::tallsbi::__private::Transform::Identity; { N }],
                &[::tallsbi::__private::Transform::Log; 5],
            ],
        )
    }
    fn to_array(&self) -> [::tallsbi::__private::f64; 6 + (N)] {
        ::tallsbi::__private::join(
            &[&[self.day], &self.east, &::tallsbi::__private::widen_array(self.mass)],
        )
    }
    fn from_array(values: [::tallsbi::__private::f64; 6 + (N)]) -> Self {
        Self {
            day: values[0],
            east: ::tallsbi::__private::part(&values, 1),
            mass: ::tallsbi::__private::narrow_array(
                ::tallsbi::__private::part(&values, 1 + (N)),
            ),
        }
    }
    fn exchangeable() -> ::tallsbi::__private::Vec<::tallsbi::__private::Points> {
        ::tallsbi::__private::list([
            ::tallsbi::__private::Points::of_arrays(&[1, 1 + (N)], { N }),
        ])
    }
}
#[automatically_derived]
impl ::tallsbi::__private::Sequence for Herd {
    const CHANNELS: &'static [::tallsbi::__private::Channel] = &[
        ::tallsbi::__private::Channel::array(1, { N }),
        ::tallsbi::__private::Channel::array(1 + (N), 5),
    ];
}
#[automatically_derived]
impl ::tallsbi::__private::Outcome for Herd {
    type Observation = Self;
    fn into_result(
        self,
    ) -> ::tallsbi::__private::Result<Self, ::tallsbi::__private::SimulationError> {
        ::tallsbi::__private::Result::Ok(self)
    }
}
