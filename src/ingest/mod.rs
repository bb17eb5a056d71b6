//! Files to `Panel`: CSV with line-exact errors, Parquet through lazy dataframes, then one demand for each pool and resource.

mod combine;
mod entity;
mod fold;
mod read;
mod stamp;
mod table;
mod text;
mod tidy;

pub use read::{CapacityInForce, read};
pub use tidy::{Pace, StampForm, TidyColumns, TidySeries, tidy};
