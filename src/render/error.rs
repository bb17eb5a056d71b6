/// Why an output could not be made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The dataframe library refused a table.
    #[error(transparent)]
    Frame(#[from] polars::error::PolarsError),
    /// A CSV could not be written.
    #[error(transparent)]
    Csv(#[from] csv::Error),
    /// The page could not be filled in.
    #[error(transparent)]
    Page(#[from] minijinja::Error),
    /// The report could not be written as JSON.
    #[error(transparent)]
    Json(#[from] serde_json::Error),
    /// A drawing could not be turned into pixels.
    #[error("the drawing cannot be rasterised: {0}")]
    Pixels(String),
}
