use super::*;

fn freezes(spans: &[(i32, i32)]) -> Freezes {
    let each: Vec<Override> =
        spans.iter().map(|(from, until)| Override::Freeze { from: Day(*from), until: Day(*until) }).collect();
    Freezes::of(&each)
}

#[test]
fn freezes_that_meet_are_one() {
    let held = freezes(&[(30, 40), (10, 20), (15, 25), (25, 28)]);
    assert_eq!(held.hours(Day(0)), [(240.0, 672.0), (720.0, 960.0)]);
    assert_eq!(held.day(Day(12)), Day(28));
    assert_eq!(held.needed(Day(27)), Day(9));
    assert_eq!(held.day(Day(28)), Day(28));
}

#[test]
fn what_must_be_there_in_a_freeze_comes_before_it() {
    let held = freezes(&[(10, 20)]);
    let crossing = [Some(5), Some(10), Some(19), Some(20), None];
    assert_eq!(*held.crossings(&crossing, Day(0)), [Some(5), Some(9), Some(9), Some(20), None]);
    // a freeze that lasts already cannot be met
    assert_eq!(*held.crossings(&[Some(3)], Day(12)), [Some(0)]);
    assert!(matches!(freezes(&[]).crossings(&crossing, Day(0)), Cow::Borrowed(_)));
}

#[test]
fn planned_work_keeps_its_distance() {
    let mut due = [0.0, 24.0, 48.0, 72.0];
    put_off(&[(20.0, 60.0)], &mut due);
    assert_eq!(due, [0.0, 60.0, 84.0, 108.0]);
    // a second freeze holds what the first put off
    let mut due = [0.0, 24.0, 48.0];
    put_off(&[(20.0, 60.0), (80.0, 100.0)], &mut due);
    assert_eq!(due, [0.0, 60.0, 100.0]);
    assert_eq!(thawed(&[(20.0, 60.0)], 59.9), 60.0);
}
