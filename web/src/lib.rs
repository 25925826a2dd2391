//! The generator as WebAssembly, for the page in `web/page`: one function takes a request and returns a response.
//!
//! A request is JSON with the field `op`, after its length in four bytes; the bytes of an opened file follow it. A response
//! is JSON, or the bytes of a file. There is no state except for the last rendering and what it is compared with.

mod page;

use std::cell::RefCell;

thread_local! {
    static RESPONSE: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
    static PAGE: RefCell<page::Page> = RefCell::default();
}

/// Reserves `length` bytes for a request.
#[unsafe(no_mangle)]
pub extern "C" fn reserve(length: usize) -> *mut u8 {
    Box::leak(vec![0; length].into_boxed_slice()).as_mut_ptr()
}

/// Answers the request of `length` bytes at `pointer`, and returns the address of the response.
///
/// # Safety
///
/// `pointer` was returned by [`reserve`] for the same length and was not passed here before.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn answer(pointer: *mut u8, length: usize) -> *const u8 {
    // SAFETY: the caller passes what `reserve` has leaked, once.
    let request = unsafe { Box::from_raw(std::ptr::slice_from_raw_parts_mut(pointer, length)) };
    let response = PAGE.with_borrow_mut(|page| page.answer(&request));
    RESPONSE.with_borrow_mut(|last| {
        *last = response;
        last.as_ptr()
    })
}

/// The length of the last response.
#[unsafe(no_mangle)]
pub extern "C" fn length() -> usize {
    RESPONSE.with_borrow(Vec::len)
}
