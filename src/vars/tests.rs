//! Variables as a whole.
