//! What phrases mean, and what they do not.
