//! Lines of bare words: sysctl, modules-load, resolv.conf, nft. There is nothing to quote with.

use super::{EscapeError, Output, Segment, is_bare};

pub(super) fn write(pieces: &[Segment<'_>]) -> Result<Output, EscapeError> {
    let mut output = Output::of(pieces);
    for (at, piece) in pieces.iter().enumerate() {
        output.begin();
        match piece {
            Segment::Expr(value) if !is_bare(value) => {
                return Err(EscapeError { piece: at, why: "this file can hold only bare words".into() });
            }
            Segment::Literal(text) | Segment::Expr(text) => output.push(text),
        }
    }
    Ok(output)
}
