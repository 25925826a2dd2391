//! Finds the lines of one text that are missing from another, or differ there.

use super::Effect;

/// A line and its lines in the template, which distinguish equal lines of different origin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct AlignedLine<'a> {
    pub(super) text: &'a str,
    /// The first and last line in the template. `None` if there is no template.
    pub(super) lines: Option<(usize, usize)>,
}

/// Returns the lines of `old` that `new` does not have, and whether each differs there or is missing.
pub(super) fn changed(old: &[AlignedLine<'_>], new: &[AlignedLine<'_>]) -> Vec<(usize, Effect)> {
    let mut changed = Vec::new();
    for (olds, news) in hunks(old, new) {
        for index in olds {
            let lines = old[index].lines;
            let differs = match lines {
                Some(_) => new[news.clone()].iter().any(|line| line.lines == lines),
                None => !news.is_empty(),
            };
            changed.push((index, if differs { Effect::Text } else { Effect::Presence }));
        }
    }
    changed
}

/// Returns, for each line of `new`, the equal line of `old` or the line that it replaces.
pub(super) fn origins(old: &[AlignedLine<'_>], new: &[AlignedLine<'_>]) -> Vec<Option<usize>> {
    let mut origins = vec![None; new.len()];
    let (mut at_old, mut at_new) = (0, 0);
    let end = std::iter::once((old.len()..old.len(), new.len()..new.len()));
    for (olds, news) in hunks(old, new).into_iter().chain(end) {
        while at_new < news.start {
            origins[at_new] = Some(at_old);
            (at_old, at_new) = (at_old + 1, at_new + 1);
        }
        for (index, origin) in origins[news.clone()].iter_mut().enumerate() {
            *origin = (index < olds.len()).then_some(olds.start + index);
        }
        (at_old, at_new) = (olds.end, news.end);
    }
    origins
}

type Hunk = (std::ops::Range<usize>, std::ops::Range<usize>);

/// Returns the ranges in which both differ. Equal lines at the beginning and end are skipped; the rest is compared by
/// longest common subsequence.
fn hunks(old: &[AlignedLine<'_>], new: &[AlignedLine<'_>]) -> Vec<Hunk> {
    let prefix = old.iter().zip(new).take_while(|(a, b)| a == b).count();
    let (old_rest, new_rest) = (&old[prefix..], &new[prefix..]);
    let suffix = old_rest.iter().rev().zip(new_rest.iter().rev()).take_while(|(a, b)| a == b).count();
    let (a, b) = (&old_rest[..old_rest.len() - suffix], &new_rest[..new_rest.len() - suffix]);
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
        hunks.push((prefix + from_old..prefix + i, prefix + from_new..prefix + j));
    }
    hunks
}

#[cfg(test)]
mod tests {
    use super::*;

    fn aligned(text: &str) -> Vec<AlignedLine<'_>> {
        text.split(' ').map(|text| AlignedLine { text, lines: None }).collect()
    }

    fn numbers(old: &str, new: &str) -> Vec<usize> {
        changed(&aligned(old), &aligned(new)).into_iter().map(|(index, _)| index).collect()
    }

    #[test]
    fn changed_returns_only_lines_that_differ() {
        assert_eq!(numbers("a b c", "a b c"), Vec::<usize>::new());
        assert_eq!(numbers("a b c", "a x c"), [1]);
        assert_eq!(numbers("a b c", "a c"), [1]);
        assert_eq!(numbers("a c", "a b c"), Vec::<usize>::new());
        assert_eq!(numbers("a b a b c", "a b c"), [2, 3]);
        assert_eq!(numbers("x a y b z", "p a q b r"), [0, 2, 4]);
    }

    #[test]
    fn origins_map_new_lines_to_the_lines_that_they_replace() {
        assert_eq!(
            origins(&aligned("a b c d"), &aligned("n a x c d")),
            [None, Some(0), Some(1), Some(2), Some(3)]
        );
        assert_eq!(origins(&aligned("a b"), &aligned("a b")), [Some(0), Some(1)]);
    }
}
