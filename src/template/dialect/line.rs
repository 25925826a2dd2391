//! Lines of bare words: sysctl, modules-load, resolv.conf, nft. There is nothing to quote with.

use super::{Piece, Refused, is_bare};

pub(super) fn write(pieces: &[Piece<'_>]) -> Result<Vec<String>, Refused> {
    let write = |(at, piece): (usize, &Piece<'_>)| match piece {
        Piece::Hole(value) if !is_bare(value) => {
            Err(Refused { piece: at, why: "this file can hold only bare words".into() })
        }
        Piece::Raw(text) | Piece::Hole(text) => Ok((*text).to_owned()),
    };
    pieces.iter().enumerate().map(write).collect()
}
