//! Tests against real data and exact answers that live outside the project, below `PLIMSOLL_TRUTH`. Each family reads *every*
//! file that it finds there. Without the variable they are left out, and say so.

#[cfg(feature = "cli")]
mod anomalies;
#[cfg(feature = "formats")]
mod bad;
#[cfg(feature = "cli")]
mod forecasting;
#[cfg(feature = "cli")]
mod formats;
mod oracles;

#[cfg(feature = "cli")]
mod utilization;
