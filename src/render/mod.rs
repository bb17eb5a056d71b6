//! Report to bytes: HTML, Markdown, JSON, CSV, Parquet, SVG, PNG.
