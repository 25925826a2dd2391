//! The lists at the end: secrets with their readers, and sources of downloads.

use super::canvas::wrap;
use super::{Drawing, FRAME, INSET, as_i32};

impl Drawing<'_> {
    /// The secrets and their readers. Returns the bottom.
    pub(super) fn secrets(&mut self, top: i32) -> i32 {
        if self.graph.secrets.is_empty() {
            return top;
        }
        let (left, right) = (INSET.0, INSET.1);
        self.canvas.text((left, top + 26), 200, "head", "secrets", None);
        self.canvas.text((left + 360, top + 26), 200, "small quiet", "read by", None);
        let mut y = top + 34;
        for secret in &self.graph.secrets {
            self.canvas.begin(&format!("Secret {}, read by {}", secret.path, secret.readers.join(", ")));
            self.canvas.rule(left, y, right - left);
            self.canvas.text((left, y + 16), 350, "code", &secret.path, secret.mark);
            let lines = wrap(&secret.readers, right - left - 360, "small");
            for (at, line) in lines.iter().enumerate() {
                self.canvas.text(
                    (left + 360, y + 16 + as_i32(at) * 15),
                    right - left - 360,
                    "small",
                    line,
                    None,
                );
            }
            self.canvas.end();
            y += 9 + 15 * as_i32(lines.len());
        }
        y
    }

    /// The sources of downloads. Returns the height of the picture.
    pub(super) fn footer(&mut self, bottom: i32) -> i32 {
        if self.graph.downloads.is_empty() {
            return bottom + 16;
        }
        let lines = wrap(&self.graph.downloads, FRAME.1 - FRAME.0 - 190, "small");
        self.canvas.text((FRAME.0, bottom + 22), 176, "small head", "downloaded at installation", None);
        for (at, line) in lines.iter().enumerate() {
            self.canvas.text((FRAME.0 + 180, bottom + 22 + as_i32(at) * 15), 600, "small quiet", line, None);
        }
        bottom + 22 + as_i32(lines.len()) * 15
    }
}
