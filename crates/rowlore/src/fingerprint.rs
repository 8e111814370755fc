//! A short name for a text, to see whether what is installed is what was meant.

/// The fingerprint of a text: 32 hexadecimal digits, the same on every machine and in every release.
///
/// Not a defence against forgery, only against accident: FNV-1a with 128 bits
/// (<http://www.isthe.com/chongo/tech/comp/fnv/>).
///
/// ```
/// assert_eq!(rowlore::fingerprint(""), "6c62272e07bb014262b821756295c58d");
/// ```
pub fn fingerprint(text: &str) -> String {
    const OFFSET: u128 = 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d;
    const PRIME: u128 = 0x0000_0000_0100_0000_0000_0000_0000_013b;
    let hash = text.bytes().fold(OFFSET, |hash, byte| (hash ^ u128::from(byte)).wrapping_mul(PRIME));
    format!("{hash:032x}")
}
