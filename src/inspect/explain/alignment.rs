//! Which lines of one text are gone or different in another.

use super::Effect;

/// One line and the place in its template that it comes from, which tells equal lines of different meaning apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct AlignedLine<'a> {
    pub(super) text: &'a str,
    /// The template's lines; none where there is no template.
    pub(super) lines: Option<(usize, usize)>,
}

/// For each line of `old` that `new` has not: whether it reads differently there, or is not there at all.
pub(super) fn changed(old: &[AlignedLine<'_>], new: &[AlignedLine<'_>]) -> Vec<(usize, Effect)> {
    let mut changed = Vec::new();
    for (olds, news) in hunks(old, new) {
        for at in olds {
            let lines = old[at].lines;
            let differs = match lines {
                Some(_) => new[news.clone()].iter().any(|line| line.lines == lines),
                None => !news.is_empty(),
            };
            changed.push((at, if differs { Effect::Text } else { Effect::Presence }));
        }
    }
    changed
}

/// The line of `old` that each line of `new` is, or stands in the place of.
pub(super) fn origins(old: &[AlignedLine<'_>], new: &[AlignedLine<'_>]) -> Vec<Option<usize>> {
    let mut origins = vec![None; new.len()];
    let (mut at_old, mut at_new) = (0, 0);
    let end = std::iter::once((old.len()..old.len(), new.len()..new.len()));
    for (olds, news) in hunks(old, new).into_iter().chain(end) {
        while at_new < news.start {
            origins[at_new] = Some(at_old);
            (at_old, at_new) = (at_old + 1, at_new + 1);
        }
        for (at, origin) in origins[news.clone()].iter_mut().enumerate() {
            *origin = (at < olds.len()).then_some(olds.start + at);
        }
        (at_old, at_new) = (olds.end, news.end);
    }
    origins
}

type Hunk = (std::ops::Range<usize>, std::ops::Range<usize>);

/// The stretches in which both differ, by the longest common subsequence of what lies between an equal beginning
/// and an equal end.
fn hunks(old: &[AlignedLine<'_>], new: &[AlignedLine<'_>]) -> Vec<Hunk> {
    let endpoints = old.iter().zip(new).take_while(|(a, b)| a == b).count();
    let (old_rest, new_rest) = (&old[endpoints..], &new[endpoints..]);
    let back = old_rest.iter().rev().zip(new_rest.iter().rev()).take_while(|(a, b)| a == b).count();
    let (a, b) = (&old_rest[..old_rest.len() - back], &new_rest[..new_rest.len() - back]);
    let width = b.len() + 1;
    let mut lengths = vec![0_u32; (a.len() + 1) * width];
    for i in (0..a.len()).rev() {
        for j in (0..b.len()).rev() {
            lengths[i * width + j] = if a[i] == b[j] {
                lengths[(i + 1) * width + j + 1] + 1
            } else {
                lengths[(i + 1) * width + j].max(lengths[i * width + j + 1])
            };
        }
    }
    let mut hunks: Vec<Hunk> = Vec::new();
    let (mut i, mut j) = (0, 0);
    while i < a.len() || j < b.len() {
        let (from_old, from_new) = (i, j);
        while i < a.len() && j < b.len() && a[i] == b[j] {
            (i, j) = (i + 1, j + 1);
        }
        if (i, j) != (from_old, from_new) {
            continue;
        }
        while (i < a.len() || j < b.len()) && !(i < a.len() && j < b.len() && a[i] == b[j]) {
            if j == b.len() || i < a.len() && lengths[(i + 1) * width + j] >= lengths[i * width + j + 1] {
                i += 1;
            } else {
                j += 1;
            }
        }
        hunks.push((endpoints + from_old..endpoints + i, endpoints + from_new..endpoints + j));
    }
    hunks
}

#[cfg(test)]
mod tests {
    use super::*;

    fn places(text: &str) -> Vec<AlignedLine<'_>> {
        text.split(' ').map(|text| AlignedLine { text, lines: None }).collect()
    }

    fn numbers(old: &str, new: &str) -> Vec<usize> {
        changed(&places(old), &places(new)).into_iter().map(|(at, _)| at).collect()
    }

    #[test]
    fn only_what_differs_is_told() {
        assert_eq!(numbers("a b c", "a b c"), Vec::<usize>::new());
        assert_eq!(numbers("a b c", "a x c"), [1]);
        assert_eq!(numbers("a b c", "a c"), [1]);
        assert_eq!(numbers("a c", "a b c"), Vec::<usize>::new());
        assert_eq!(numbers("a b a b c", "a b c"), [2, 3]);
        assert_eq!(numbers("x a y b z", "p a q b r"), [0, 2, 4]);
    }

    #[test]
    fn a_line_of_the_new_text_knows_the_line_that_it_replaces() {
        assert_eq!(
            origins(&places("a b c d"), &places("n a x c d")),
            [None, Some(0), Some(1), Some(2), Some(3)]
        );
        assert_eq!(origins(&places("a b"), &places("a b")), [Some(0), Some(1)]);
    }
}
