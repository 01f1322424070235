//! Days, instants and zones: the few steps between them that the language has words for.
