//! What happened, in order. One seed has one trace, to the byte.

use std::fmt::{self, Write};

#[derive(Debug)]
pub struct Trace {
    hash: u64,
    line: String,
    shown: bool,
    pub steps: u64,
}

impl Trace {
    pub fn new(shown: bool) -> Self {
        Trace { hash: 0xcbf2_9ce4_8422_2325, line: String::new(), shown, steps: 0 }
    }

    pub fn note(&mut self, now: u64, what: fmt::Arguments<'_>) {
        self.line.clear();
        let _ = write!(self.line, "{now} {what}");
        // FNV-1a
        for byte in self.line.bytes() {
            self.hash = (self.hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
        if self.shown {
            println!("{}", self.line);
        }
    }

    pub fn hash(&self) -> u64 {
        self.hash
    }
}
