//! The answers, one module a question: its sentences, its tables, its charts.

pub(super) mod backtest;
pub(super) mod budget;
pub(super) mod cost;
pub(super) mod data;
pub(super) mod demand;
pub(super) mod exhaustion;
pub(super) mod fleet;
pub(super) mod inputs;
pub(super) mod last_plan;
pub(super) mod latency;
pub(super) mod matters;
pub(super) mod now;
pub(super) mod orders;
pub(super) mod provenance;
pub(super) mod regret;
pub(super) mod rule;
pub(super) mod season;
pub(super) mod survival;
pub(super) mod what_if;
pub(super) mod why;
mod wide;
