"""Measures of uncertainty as pure functions: tokens or texts in, one number out; a higher number is less certain."""
