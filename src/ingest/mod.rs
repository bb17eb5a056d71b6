//! Files to `Panel`, through dataframes.
