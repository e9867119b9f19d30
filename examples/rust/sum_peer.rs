// Opens the segment of a Node process, adds up its numbers and writes the sum into the first of them. The standard
// library and one function of libc, no crate.
// Started by examples/rust-peer.mjs:  sum_peer /name
use std::{env, ffi::c_void, fs::OpenOptions, io, mem::size_of, os::fd::AsRawFd, ptr, slice};

extern "C" {
    fn mmap(at: *mut c_void, size: usize, protection: i32, flags: i32, fd: i32, offset: i64) -> *mut c_void;
    fn munmap(at: *mut c_void, size: usize) -> i32;
}
const PROT_READ_WRITE: i32 = 1 | 2;
const MAP_SHARED: i32 = 1;

struct Mapping {
    base: *mut c_void,
    size: usize,
}

impl Mapping {
    fn of(name: &str) -> io::Result<Mapping> {
        let file = OpenOptions::new().read(true).write(true).open(format!("/dev/shm{name}"))?;
        let size = file.metadata()?.len() as usize;
        let base = unsafe { mmap(ptr::null_mut(), size, PROT_READ_WRITE, MAP_SHARED, file.as_raw_fd(), 0) };
        if base as isize == -1 {
            return Err(io::Error::last_os_error());
        }
        Ok(Mapping { base, size })
    }

    /// Sound only as long as no other process writes: what others write meanwhile takes atomics.
    unsafe fn numbers(&mut self) -> &mut [f64] {
        slice::from_raw_parts_mut(self.base.cast(), self.size / size_of::<f64>())
    }
}

impl Drop for Mapping {
    fn drop(&mut self) {
        unsafe { munmap(self.base, self.size) };
    }
}

fn main() -> io::Result<()> {
    let name = env::args().nth(1).expect("usage: sum_peer /name");
    let mut mapping = Mapping::of(&name)?;
    let numbers = unsafe { mapping.numbers() };
    numbers[0] = numbers.iter().sum();
    println!("[Rust] added up {} numbers: {}", numbers.len(), numbers[0]);
    Ok(())
}
