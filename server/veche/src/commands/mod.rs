//! What can be asked of the program, one file a command that is more than a few lines.

pub mod backup;
pub mod demo;
pub mod doctor;
pub mod rotate_key;
pub mod serve;
