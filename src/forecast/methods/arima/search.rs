//! x
/// x
pub struct AutoArima;
/// x
pub struct ArimaSearch;
