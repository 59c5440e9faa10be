//! Segments on a disk: written, recovered, damaged in every way, used again.

use std::collections::HashMap;
use std::fs;
use std::io::{Read as _, Seek as _, SeekFrom, Write as _};
use std::path::Path;
use std::time::Duration;

use waxwing_protocol::api::HitKind;

use super::read::{self, Held};
use super::record::Record;
use super::segment::{self, Head, Next, Prepared, Reader, START};
use super::*;
use crate::account_id::AccountId;
use crate::store::hits::NewHit;

pub(super) const LOG: Uuid = Uuid::from_u128(0x0102_0304_0506_0708_090a_0b0c_0d0e_0f10);

pub(super) fn hit(n: u64) -> NewHit {
    NewHit {
        at: i64::try_from(n).unwrap(),
        account: AccountId::parse("abc123").unwrap(),
        message: Uuid::from_u128(u128::from(n) << 64 | 0xfeed),
        kind: HitKind::Open,
        link: None,
        agent: Some("a needle of an agent".to_owned()),
        address: "203.0.113.7".parse().unwrap(),
        headers: None,
    }
}

/// Writes one batch, as the writer does.
fn write(to: &mut Prepared, first: u64, count: u64) {
    let mut bytes = Vec::new();
    for n in first..first + count {
        assert!(record::append(&mut bytes, &Hit::from(&hit(n))));
    }
    record::number(&mut bytes, first, to.head.salt());
    to.file.write_all(&bytes).unwrap();
}

pub(super) fn prepare(folder: &Path, number: u64) -> Prepared {
    segment::prepare(folder, Head { log: LOG, number }, 64 * 1024, None).unwrap()
}

/// One segment of ten batches of five, and where each record begins.
fn written(folder: &Path) -> (Prepared, Vec<u64>) {
    let mut segment = prepare(folder, 1);
    for batch in 0..10 {
        write(&mut segment, batch * 5 + 1, 5);
    }
    let mut reader = Reader::open(&segment.path, &segment.head).unwrap();
    let mut starts = vec![START];
    while let Next::Record(_) = reader.next(segment.size).unwrap() {
        starts.push(reader.offset());
    }
    assert_eq!(starts.len(), 51);
    (segment, starts)
}

fn overwrite(path: &Path, at: u64, bytes: &[u8]) {
    let mut file = fs::OpenOptions::new().write(true).open(path).unwrap();
    file.seek(SeekFrom::Start(at)).unwrap();
    file.write_all(bytes).unwrap();
}

/// What somebody else reads from the folder: the numbers, how many are missing, how many files were set aside.
fn survey(folder: &Path) -> (Vec<u64>, u64, usize) {
    let held: Held = read::hold(folder).unwrap().unwrap();
    let mut found = Vec::new();
    let survey = held.rest(&HashMap::new(), |hit| found.push(u64::try_from(hit.at).unwrap())).unwrap();
    assert_eq!(survey.hits, found.len() as u64);
    (found, survey.missing, survey.set_aside.len())
}

#[test]
fn damage_hides_nothing_but_what_it_hit() {
    // Record n begins at starts[n - 1]. In batches of five: 21 is the first of one, 25 the last.
    for (what, at, count) in [
        ("the last of a batch", 24, 1),
        ("the first of a batch", 20, 1),
        ("one in the middle", 22, 1),
        ("some, over a batch's end", 22, 5),
        ("a batch", 20, 5),
        ("the first ten", 0, 10),
    ] {
        for fill in [0_u8, 0xff, 1] {
            let dir = tempfile::tempdir().unwrap();
            let (segment, starts) = written(dir.path());
            let (from, to) = (starts[at], starts[at + count]);
            overwrite(&segment.path, from, &vec![fill; usize::try_from(to - from).unwrap()]);
            let first = at as u64 + 1;
            let missing = first..first + count as u64;
            let want: Vec<_> = (1..=50).filter(|n| !missing.contains(n)).collect();
            assert_eq!(survey(dir.path()), (want, count as u64, 0), "{what}, {fill}");
        }
    }
}

#[test]
fn a_write_that_was_cut_off_is_no_damage() {
    for keep in 0..5_usize {
        let dir = tempfile::tempdir().unwrap();
        let (segment, starts) = written(dir.path());
        // Of the last batch one record got to the disk, wherever in it that was.
        let from = starts[45];
        let mut bytes = vec![0; usize::try_from(starts[50] - from).unwrap()];
        let mut file = fs::File::open(&segment.path).unwrap();
        file.seek(SeekFrom::Start(from)).unwrap();
        file.read_exact(&mut bytes).unwrap();
        let range = usize::try_from(starts[45 + keep] - from).unwrap()..usize::try_from(starts[46 + keep] - from).unwrap();
        for (at, byte) in bytes.iter_mut().enumerate() {
            if !range.contains(&at) {
                *byte = 0;
            }
        }
        overwrite(&segment.path, from, &bytes);
        let (found, lost, aside) = survey(dir.path());
        assert_eq!((found.len(), lost, aside), (46, 0, 0), "{keep}");
        assert_eq!(found.last(), Some(&(46 + keep as u64)));
    }
}

#[test]
fn a_torn_end_is_cut_off() {
    let dir = tempfile::tempdir().unwrap();
    let (segment, starts) = written(dir.path());
    // More than what only fills up.
    for torn in [8, 24, 60] {
        overwrite(&segment.path, starts[50] - torn, &[0xee; 200]);
        let (found, lost, aside) = survey(dir.path());
        assert_eq!((found, lost, aside), ((1..=49).collect(), 0, 0), "{torn}");
    }
}

#[test]
fn what_was_given_up_does_not_count() {
    let dir = tempfile::tempdir().unwrap();
    let (_, _) = written(dir.path());
    // 46 to 50 failed, and their numbers were given to others in the next segment.
    let mut next = prepare(dir.path(), 2);
    write(&mut next, 46, 2);
    let (found, lost, _) = survey(dir.path());
    assert_eq!((found, lost), ((1..=47).collect(), 0));
}

#[test]
fn a_damaged_head_is_its_neighbours_or_set_aside() {
    let dir = tempfile::tempdir().unwrap();
    let (segment, _) = written(dir.path());
    let mut next = prepare(dir.path(), 2);
    write(&mut next, 51, 3);
    overwrite(&segment.path, 9, &[0xab]);
    assert_eq!(survey(dir.path()).0, (1..=53).collect::<Vec<_>>());
    // Nobody is left who knows whose it is.
    overwrite(&next.path, 9, &[0xab]);
    let (found, _, aside) = survey(dir.path());
    assert_eq!((found.len(), aside), (0, 2));
    let kept = folder::recover(dir.path()).unwrap();
    assert!(kept.is_empty());
    assert_eq!(aside::list(dir.path()).unwrap().len(), 2, "nothing is thrown away");
}

#[test]
fn segments_that_were_never_written_to_go_away() {
    let dir = tempfile::tempdir().unwrap();
    drop(prepare(dir.path(), 1));
    fs::write(segment::path(dir.path(), 2), [0; 1000]).unwrap();
    fs::write(segment::path(dir.path(), 3), []).unwrap();
    fs::write(dir.path().join("notes.txt"), "mine").unwrap();
    assert!(folder::recover(dir.path()).unwrap().is_empty());
    let left: Vec<_> = fs::read_dir(dir.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left, ["notes.txt"]);
}

#[test]
fn a_segment_that_is_used_again_holds_nothing_of_before() {
    let dir = tempfile::tempdir().unwrap();
    let (segment, starts) = written(dir.path());
    for (number, size) in [(2, 64 * 1024), (3, 256 * 1024), (4, 4 * 1024)] {
        let old = segment::path(dir.path(), number - 1);
        let head = Head { log: LOG, number };
        let again = segment::prepare(dir.path(), head, size, Some((&old, starts[50]))).unwrap();
        let bytes = fs::read(&again.path).unwrap();
        assert_eq!(bytes.len() as u64, size);
        assert!(!bytes.windows(6).any(|window| window == b"needle"));
        assert!(bytes[usize::try_from(START).unwrap()..].iter().all(|byte| *byte == 0));
        assert!(!old.exists());
    }
    drop(segment);
}

#[test]
fn any_bytes_are_read_to_their_end() {
    let dir = tempfile::tempdir().unwrap();
    let (segment, _) = written(dir.path());
    let good = fs::read(&segment.path).unwrap();
    let mut seed = 1_u64;
    let mut random = || {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(seed >> 33).unwrap()
    };
    for _ in 0..200 {
        let mut bytes = good.clone();
        for _ in 0..=random() % 40 {
            let at = 64 + random() % 12_000;
            bytes[at] = random().to_le_bytes()[0];
        }
        bytes.truncate(64 + random() % bytes.len());
        fs::write(&segment.path, &bytes).unwrap();
        let mut reader = Reader::open(&segment.path, &segment.head).unwrap();
        let (mut last, mut steps) = (0, 0);
        loop {
            match reader.next(bytes.len() as u64).unwrap() {
                Next::Record(record) => {
                    assert!(record.number > last);
                    last = record.number;
                    assert_eq!(record.hit, hit(record.number));
                }
                Next::Damage { from, to } => assert!(from < to),
                Next::End { from, to } => {
                    assert!(from <= to);
                    break;
                }
            }
            steps += 1;
            assert!(steps <= 200);
        }
    }
}

#[tokio::test]
async fn one_process_writes_and_all_that_was_said_to_be_stored_is_there() {
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path().join(FOLDER);
    let (log, threads) = Log::open(&folder, LOG, Arc::default()).unwrap();
    let refused = Log::open(&folder, LOG, Arc::default()).unwrap_err();
    assert!(refused.to_string().contains("another backend"));
    // More than one segment holds.
    let target = "x".repeat(60_000);
    for n in 1..=60 {
        let hit = hit(n);
        log.record(Hit { link: Some(&target), ..Hit::from(&hit) }).await.unwrap();
    }
    let too_long = "x".repeat(record::MAX_BODY);
    assert_eq!(log.record(Hit { link: Some(&too_long), ..Hit::from(&hit(0)) }).await, Err(NotStored));
    assert_eq!(survey(&folder), ((1..=60).collect(), 0, 0));
    assert!(log.backlog() > 60 * 60_000);
    log.stop();
    assert_eq!(log.record(Hit::from(&hit(61))).await, Err(NotStored));
    let preparer = threads.join_writer();
    log.0.order(Order::End);
    preparer.join();
    assert_eq!(survey(&folder), ((1..=60).collect(), 0, 0));
    let (_, threads) = Log::open(&folder, Uuid::from_u128(2), Arc::default()).unwrap();
    assert_eq!(survey(&folder), ((1..=60).collect(), 0, 0), "what is not drained stays");
    drop(threads);
}

#[tokio::test]
async fn whoever_waits_too_long_is_told_so() {
    let dir = tempfile::tempdir().unwrap();
    let (log, _threads) = Log::open(dir.path(), LOG, Arc::default()).unwrap();
    // Too much waits for the database.
    log.0.backlog.store(BACKLOG, Relaxed);
    let one = hit(1);
    let mut waiting = std::pin::pin!(log.record(Hit::from(&one)));
    for _ in 0..PATIENCE {
        assert!(tokio::time::timeout(Duration::ZERO, waiting.as_mut()).await.is_err());
        log.tick();
    }
    assert_eq!(waiting.await, Err(NotStored));
    // Room again: whoever waits is written.
    let mut waiting = std::pin::pin!(log.record(Hit::from(&one)));
    assert!(tokio::time::timeout(Duration::ZERO, waiting.as_mut()).await.is_err());
    log.0.moved(BACKLOG);
    waiting.await.unwrap();
}

#[test]
fn what_was_set_aside_is_never_overwritten() {
    let dir = tempfile::tempdir().unwrap();
    let (segment, _) = written(dir.path());
    // Numbers of segments begin again: the same place, of two logs, and of a disk that gives other bytes than before.
    let first = aside::bytes(dir.path(), LOG, &segment.path, 64, 128).unwrap();
    let before = fs::read(&first).unwrap();
    let other_log = aside::bytes(dir.path(), Uuid::from_u128(2), &segment.path, 64, 128).unwrap();
    assert_eq!(aside::bytes(dir.path(), LOG, &segment.path, 64, 128).unwrap(), first, "set aside already");
    overwrite(&segment.path, 64, &[0xcd; 64]);
    let other_bytes = aside::bytes(dir.path(), LOG, &segment.path, 64, 128).unwrap();
    assert_eq!(fs::read(&first).unwrap(), before);
    assert_eq!(fs::read(&other_bytes).unwrap(), [0xcd; 64]);
    let mut found = vec![first, other_log, other_bytes];
    found.sort_unstable();
    assert_eq!(aside::list(dir.path()).unwrap(), found);
    // Whole segments of which nobody knows whose they are.
    for fill in [1_u8, 2] {
        fs::write(segment::path(dir.path(), 7), [fill; 500]).unwrap();
        aside::whole(dir.path(), &segment::path(dir.path(), 7)).unwrap();
    }
    assert_eq!(aside::list(dir.path()).unwrap().len(), 5);
}

#[test]
fn a_hit_that_was_set_aside_is_read_again() {
    let dir = tempfile::tempdir().unwrap();
    for (number, batch) in [(1, None), (u64::from(u32::MAX), Some(Uuid::from_u128(5)))] {
        let record = Record { number, before: 0, hit: hit(number), batch };
        let file = aside::hit(dir.path(), LOG, &record).unwrap();
        let read = aside::read(&file).unwrap().unwrap();
        assert_eq!((read.log, &read.record), (LOG, &record));
        let bytes = fs::read(&file).unwrap();
        for end in 0..bytes.len() - record::ALIGN {
            fs::write(&file, &bytes[..end]).unwrap();
            assert!(aside::read(&file).unwrap().is_none(), "{end}");
        }
        aside::remove(&file).unwrap();
    }
    assert_eq!(aside::list(dir.path()).unwrap(), [] as [std::path::PathBuf; 0]);
    assert_eq!(aside::list(&dir.path().join("none")).unwrap(), [] as [std::path::PathBuf; 0]);
}

#[tokio::test]
async fn whoever_reads_keeps_nobody_from_writing() {
    let dir = tempfile::tempdir().unwrap();
    let (drained, _) = written(dir.path());
    let number = drained.head.number;
    let path = dir.path().join("drained");
    fs::rename(&drained.path, &path).unwrap();
    let (log, threads) = Log::open(dir.path(), LOG, Arc::default()).unwrap();
    let held = read::hold(dir.path()).unwrap().unwrap();
    log.0.order(Order::Drained(path.clone(), drained.size));
    // One segment after the other is begun: each needs another one to be made ready.
    let newest = || log.0.kept().back().map_or(0, |kept| kept.segment.number);
    let waiting = async {
        while newest() < number + 6 {
            log.record(Hit::from(&hit(1))).await.unwrap();
            log.renew();
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_mins(1), waiting).await.unwrap();
    assert!(path.exists(), "what somebody may be reading stays");
    drop(held);
    log.stop();
    let preparer = threads.join_writer();
    log.0.order(Order::End);
    preparer.join();
    assert!(!path.exists());
}
