//! Lines of bare words: sysctl, modules-load, resolv.conf, nft. They have no quoting.

use super::{EscapeError, Output, Segment, is_bare};

pub(super) fn write(segments: &[Segment<'_>]) -> Result<Output, EscapeError> {
    let mut output = Output::of(segments);
    for (at, segment) in segments.iter().enumerate() {
        output.start_segment();
        match segment {
            Segment::Expr(value) if !is_bare(value) => {
                return Err(EscapeError { segment: at, why: "this file can only contain bare words".into() });
            }
            Segment::Literal(text) | Segment::Expr(text) => output.push(text),
        }
    }
    Ok(output)
}
