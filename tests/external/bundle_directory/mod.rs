//! A bundle in its directory: always whole, never touching what is not ours.

mod concurrent;
mod copies;
mod crash_child;
mod filesystems;
mod full;
mod kept;
mod killed;
mod random;
mod rejected;
mod samples;
mod written;
