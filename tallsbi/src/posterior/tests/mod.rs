//! Check what a posterior makes of its network.

mod local;
mod rows;
