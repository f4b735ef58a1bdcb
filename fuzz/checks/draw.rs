//! Decisions, read off the front of the input: a byte each, so that a dictionary's words stay whole in what is left.

/// What is left of an input. At its end every decision is the first one.
#[derive(Debug, Clone, Copy)]
pub struct Draw<'d> {
    rest: &'d [u8],
}

impl<'d> Draw<'d> {
    pub fn new(input: &'d [u8]) -> Self {
        Draw { rest: input }
    }

    pub fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    pub fn byte(&mut self) -> u8 {
        let (first, rest) = self.rest.split_first().unwrap_or((&0, &[]));
        self.rest = rest;
        *first
    }

    pub fn below(&mut self, bound: u8) -> u8 {
        self.byte() % bound
    }

    pub fn pick<T: Clone>(&mut self, from: &[T]) -> T {
        from[usize::from(self.byte()) % from.len()].clone()
    }

    pub fn bits(&mut self) -> u64 {
        (0..8).fold(0, |bits, _| bits << 8 | u64::from(self.byte()))
    }

    /// As many bytes as the first one says, but those that are no UTF-8.
    pub fn piece(&mut self) -> String {
        let length = usize::from(self.byte()).min(self.rest.len());
        let (piece, rest) = self.rest.split_at(length);
        self.rest = rest;
        String::from_utf8_lossy(piece).replace('\u{fffd}', "")
    }

    /// Up to the next line feed, which is gone then.
    pub fn line(&mut self) -> &'d [u8] {
        let end = self.rest.iter().position(|byte| *byte == b'\n').unwrap_or(self.rest.len());
        let (line, rest) = self.rest.split_at(end);
        self.rest = rest.get(1..).unwrap_or_default();
        line
    }

    /// All of it.
    pub fn rest(self) -> &'d [u8] {
        self.rest
    }

    pub fn text(self) -> String {
        String::from_utf8_lossy(self.rest).into_owned()
    }
}
