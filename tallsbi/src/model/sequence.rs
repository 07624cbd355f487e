//! Say which components of an observation are steps of a series, for the networks that summarise one.

use super::{Dimension, Exchangeable, Observed};

/// Where one channel of a series lies in an observation: component `start + i · stride` is its step i.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Channel {
    /// Component of the first step.
    pub start: usize,
    /// Number of steps.
    pub steps: usize,
    /// Components from one step to the next.
    pub stride: usize,
}

impl Channel {
    /// An array of `steps` components, from component `start` on.
    pub const fn array(start: usize, steps: usize) -> Self {
        Self { start, steps, stride: 1 }
    }

    /// The component that is step `step`.
    pub const fn component(&self, step: usize) -> usize {
        self.start + step * self.stride
    }
}

/// An observation with a series: every array is a channel of it, scalars are beside it. `#[derive(Observation)]` implements it,
/// and `[f32; D]`, `[f64; D]` (one channel) and [`Exchangeable`] (a step for each point) have it already.
///
/// [`Summarised`](crate::net::Summarised) networks read it. Whether all channels have one length is checked where such a network is used.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no series that a network could summarise",
    label = "return `[f32; T]`, `[f64; T]` or a struct with `#[derive(Observation)]` and arrays of one length T",
    note = "or remove `#[summary]`: the network then sees all components"
)]
pub trait Sequence: Dimension {
    /// The channels, in declared order.
    const CHANNELS: &'static [Channel];
}

/// Whether all channels have as many steps as the first.
pub const fn have_one_length(channels: &[Channel]) -> bool {
    let mut i = 1;
    while i < channels.len() {
        if channels[i].steps != channels[0].steps {
            return false;
        }
        i += 1;
    }
    true
}

/// Components in all channels.
pub const fn components_of(channels: &[Channel]) -> usize {
    let (mut i, mut sum) = (0, 0);
    while i < channels.len() {
        sum += channels[i].steps;
        i += 1;
    }
    sum
}

/// Whether every step of every channel is a component of its own, of so many.
pub const fn are_components(channels: &[Channel], components: usize) -> bool {
    let mut i = 0;
    while i < channels.len() {
        let Channel { start, steps, stride } = channels[i];
        if steps > 0 && (stride == 0 || start + (steps - 1) * stride >= components) {
            return false;
        }
        let mut step = 0;
        while step < steps {
            let component = start + step * stride;
            let mut other = 0;
            while other < i {
                let Channel { start, steps, stride } = channels[other];
                let inside = component >= start && (component - start).is_multiple_of(stride);
                if inside && (component - start) / stride < steps {
                    return false;
                }
                other += 1;
            }
            step += 1;
        }
        i += 1;
    }
    true
}

macro_rules! array_sequence {
    ($float:ty) => {
        #[diagnostic::do_not_recommend]
        impl<const D: usize> Sequence for [$float; D] {
            const CHANNELS: &'static [Channel] = &[Channel::array(0, D)];
        }
        #[diagnostic::do_not_recommend]
        impl<const C: usize, const K: usize> Sequence for Exchangeable<[$float; C], K> {
            const CHANNELS: &'static [Channel] = &{
                let mut channels = [Channel { start: 0, steps: K, stride: C }; C];
                let mut c = 0;
                while c < C {
                    channels[c].start = c;
                    c += 1;
                }
                channels
            };
        }
    };
}
array_sequence!(f32);
array_sequence!(f64);

/// The design is beside the series.
#[diagnostic::do_not_recommend]
impl<X: Sequence, Z, const DX: usize, const DZ: usize> Sequence for Observed<X, Z, DX, DZ> {
    const CHANNELS: &'static [Channel] = X::CHANNELS;
}

#[cfg(test)]
mod tests {
    use super::{Channel, Sequence, are_components, components_of, have_one_length};
    use crate::model::Exchangeable;

    #[test]
    fn points_are_steps_and_their_components_channels() {
        let channels = <Exchangeable<[f64; 2], 3> as Sequence>::CHANNELS;
        assert!(have_one_length(channels) && components_of(channels) == 6);
        let components: Vec<usize> = channels.iter().flat_map(|c: &Channel| (0..3).map(|i| c.component(i))).collect();
        assert_eq!(components, [0, 2, 4, 1, 3, 5]);
    }

    #[test]
    fn channels_lie_in_the_observation_and_apart() {
        let points = <Exchangeable<[f64; 2], 3> as Sequence>::CHANNELS;
        assert!(are_components(points, 6) && !are_components(points, 5));
        assert!(are_components(&[Channel::array(5, 10)], 15) && !are_components(&[Channel::array(5, 10)], 12));
        assert!(!are_components(&[Channel::array(0, 3), Channel::array(2, 3)], 9));
        assert!(!are_components(&[Channel { start: 0, steps: 3, stride: 2 }, Channel::array(3, 3)], 9));
        assert!(are_components(
            &[Channel { start: 0, steps: 2, stride: 2 }, Channel { start: 1, steps: 2, stride: 2 }],
            4
        ));
        assert!(!are_components(&[Channel { start: 0, steps: 2, stride: 0 }], 4));
    }

    #[test]
    fn channels_of_two_lengths_are_found() {
        assert!(!have_one_length(&[Channel::array(0, 3), Channel::array(3, 3), Channel::array(6, 4)]));
    }
}
