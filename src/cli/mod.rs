//! Flags, help, progress, exit codes.
