//! A fleet that never was, with its truth known: from a recipe to series, events and parameters.
