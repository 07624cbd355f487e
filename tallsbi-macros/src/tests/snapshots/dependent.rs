#[automatically_derived]
impl renamed::library::__private::Dimension for Growth {
    const DIM: renamed::library::__private::usize = 8 + (PATCHES + 1);
}
const _: () = renamed::library::__private::core::assert!(
    (PATCHES + 1) > 0, "the array `rates` needs at least one component"
);
#[automatically_derived]
impl renamed::library::__private::Parameters<{ 8 + (PATCHES + 1) }> for Growth {
    fn labels() -> [renamed::library::__private::Label; 8 + (PATCHES + 1)] {
        renamed::library::__private::join(
            &[
                &[renamed::library::__private::Label::scalar("mean", "", "")],
                &[renamed::library::__private::Label::scalar("type", "", "")],
                &renamed::library::__private::components::<
                    3,
                >("sizes", "the size of each patch", "m"),
                &renamed::library::__private::components::<
                    { PATCHES + 1 },
                >("rates", "", ""),
                &renamed::library::__private::components::<2>("pair", "", ""),
                &[renamed::library::__private::Label::scalar("last", "", "")],
            ],
        )
    }
    fn to_array(&self) -> [renamed::library::__private::f64; 8 + (PATCHES + 1)] {
        renamed::library::__private::join(
            &[
                &[self.mean],
                &[self.r#type],
                &self.sizes,
                &self.rates,
                &self.pair,
                &[self.last],
            ],
        )
    }
    fn from_array(
        values: [renamed::library::__private::f64; 8 + (PATCHES + 1)],
    ) -> Self {
        Self {
            mean: values[0],
            r#type: values[1],
            sizes: renamed::library::__private::part(&values, 2),
            rates: renamed::library::__private::part(&values, 5),
            pair: renamed::library::__private::part(&values, 5 + (PATCHES + 1)),
            last: values[7 + (PATCHES + 1)],
        }
    }
}
#[automatically_derived]
impl renamed::library::__private::DeclaredPrior<{ 8 + (PATCHES + 1) }> for Growth {
    fn declare<__W: renamed::library::__private::PriorWalk>(
        walk: &mut __W,
    ) -> renamed::library::__private::Result<
        (),
        renamed::library::__private::PriorError,
    > {
        let field0_mean = walk
            .scalar(renamed::library::__private::family::Normal::new(0.0, 2.0 * SCALE))?;
        let field1_type = walk
            .scalar(renamed::library::__private::family::HalfNormal::new(spread()))?;
        let field2_sizes = walk
            .array::<
                _,
                3,
            >(
                renamed::library::__private::family::Normal::new(
                    field0_mean,
                    field1_type + f64::max(field0_mean, 1.0),
                ),
            )?;
        walk.array::<
                _,
                { PATCHES + 1 },
            >(renamed::library::__private::family::Exponential::new(field2_sizes[0]))?;
        walk.multivariate::<
                2,
            >(
            renamed::library::__private::family::MvNormal::new(
                [0.0, 1.0],
                [[1.0, 0.5], [0.5, 1.0]],
            ),
        )?;
        walk.scalar(
            renamed::library::__private::family::Mixture::new([
                (0.3, -1.0, 1.0),
                (0.7, 1.0, 0.5),
            ]),
        )?;
        renamed::library::__private::Result::Ok(())
    }
}
const _: () = match renamed::library::__private::family::Normal::new(0.0, 2.0 * SCALE) {
    renamed::library::__private::Result::Ok(_) => {}
    renamed::library::__private::Result::Err(error) => {
        renamed::library::__private::core::panic!("{}", error.message)
    }
};
const _: () = match renamed::library::__private::family::MvNormal::new(
    [0.0, 1.0],
    [[1.0, 0.5], [0.5, 1.0]],
) {
    renamed::library::__private::Result::Ok(_) => {}
    renamed::library::__private::Result::Err(error) => {
        renamed::library::__private::core::panic!("{}", error.message)
    }
};
const _: () = match renamed::library::__private::family::Mixture::new([
    (0.3, -1.0, 1.0),
    (0.7, 1.0, 0.5),
]) {
    renamed::library::__private::Result::Ok(_) => {}
    renamed::library::__private::Result::Err(error) => {
        renamed::library::__private::core::panic!("{}", error.message)
    }
};
