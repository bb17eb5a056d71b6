//! Load line, headroom, exhaustion, sizing, cost: what to do about it.
