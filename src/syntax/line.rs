//! Lines of bare words: sysctl, modules-load, resolv.conf, nft. There is nothing to quote with.

use super::{Output, Piece, Refused, is_bare};

pub(super) fn write(pieces: &[Piece<'_>]) -> Result<Output, Refused> {
    let mut output = Output::of(pieces);
    for (at, piece) in pieces.iter().enumerate() {
        output.begin();
        match piece {
            Piece::Hole(value) if !is_bare(value) => {
                return Err(Refused { piece: at, why: "this file can hold only bare words".into() });
            }
            Piece::Raw(text) | Piece::Hole(text) => output.emit(text),
        }
    }
    Ok(output)
}
