//! The pipeline, the run directory, the manifest.
