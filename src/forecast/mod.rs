//! Forecasters, back-testing, joint sample paths: past to paths.
