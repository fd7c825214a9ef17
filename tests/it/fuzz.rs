//! The fuzz targets on a stable toolchain: seeds and mutations of them. A few hundred of each in every
//! run; `FUZZ_SECONDS=60 cargo test --test it fuzz` goes on for so long with each target, and prints
//! the seed that `FUZZ_SEED` repeats.

#[path = "../../fuzz/targets.rs"]
mod targets;

use postlogin::random::{Random, SeededRandom};
use std::path::Path;
use std::time::{Duration, Instant};

#[test]
fn no_target_panics_or_breaks_its_promise() {
    let seconds = std::env::var("FUZZ_SECONDS")
        .ok()
        .and_then(|text| text.parse().ok());
    let seed = std::env::var("FUZZ_SEED").unwrap_or_else(|_| match seconds {
        Some(_) => format!("{:?}", std::time::SystemTime::now()),
        None => "fixed".to_owned(),
    });
    eprintln!("FUZZ_SEED={seed:?}");
    let run = |(name, target, folders): &targets::Target| {
        let mut seeds = Vec::new();
        for folder in *folders {
            collect(&Path::new(env!("CARGO_MANIFEST_DIR")).join(folder), &mut seeds);
        }
        assert!(!seeds.is_empty(), "{name} has seeds");
        for input in &seeds {
            target(input);
        }
        let mut random = SeededRandom::new(&format!("{seed}/{name}"));
        let began = Instant::now();
        let mut rounds = 0;
        while match seconds {
            Some(seconds) => began.elapsed() < Duration::from_secs(seconds),
            None => rounds < 300,
        } {
            target(&mutated(&seeds, &mut random));
            rounds += 1;
        }
        eprintln!("{name}: {} seeds, {rounds} mutations", seeds.len());
    };
    std::thread::scope(|scope| {
        for target in &targets::TARGETS {
            scope.spawn(|| run(target));
        }
    });
}

/// Every file below `folder` of a size worth mutating.
fn collect(folder: &Path, seeds: &mut Vec<Vec<u8>>) {
    let mut entries: Vec<_> = std::fs::read_dir(folder).unwrap().flatten().collect();
    entries.sort_by_key(std::fs::DirEntry::file_name);
    for entry in entries {
        if entry.path().is_dir() {
            collect(&entry.path(), seeds);
        } else if let Ok(bytes) = std::fs::read(entry.path())
            && bytes.len() < 16 * 1024
        {
            seeds.push(bytes);
        }
    }
}

/// A seed with one to four changes: bytes flipped, cut, doubled, tokens put in, another seed's part.
fn mutated(seeds: &[Vec<u8>], random: &mut dyn Random) -> Vec<u8> {
    let mut bytes = seeds[below(seeds.len(), random)].clone();
    for _ in 0..=below(4, random) {
        let at = below(bytes.len() + 1, random);
        let end = (at + below(64, random)).min(bytes.len());
        match below(6, random) {
            0 if at < bytes.len() => bytes[at] ^= 1 << below(8, random),
            1 => drop(bytes.drain(at..end)),
            2 => {
                let part = bytes[at..end].to_vec();
                bytes.splice(at..at, part);
            }
            3 => {
                let token = TOKENS[below(TOKENS.len(), random)];
                bytes.splice(at..at, token.bytes());
            }
            4 => {
                let other = &seeds[below(seeds.len(), random)];
                let from = below(other.len() + 1, random);
                let to = (from + below(512, random)).min(other.len());
                bytes.splice(at..end, other[from..to].iter().copied());
            }
            _ => bytes.truncate(at),
        }
    }
    bytes
}

fn below(limit: usize, random: &mut dyn Random) -> usize {
    let mut bytes = [0; 8];
    random.fill(&mut bytes);
    usize::try_from(u64::from_le_bytes(bytes) % limit.max(1) as u64).unwrap()
}

const TOKENS: [&str; 24] = [
    "<",
    ">",
    "/>",
    "</",
    "<!--",
    "-->",
    "<![CDATA[",
    "]]>",
    "<!DOCTYPE a [",
    "<?x ?>",
    "&amp;",
    "&#0;",
    "&#xD;",
    "&x;",
    " xmlns=\"\"",
    " xmlns:a=\"urn:a\"",
    " ID=\"_request\"",
    "\"",
    "'",
    "\u{0}",
    "\u{feff}",
    "%",
    "&",
    "=",
];
