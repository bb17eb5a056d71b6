use super::*;
use proptest::prelude::*;

fn near(seen: &[f64], want: &[f64], within: f64) {
    assert!(seen.len() == want.len() && seen.iter().zip(want).all(|(a, b)| (a - b).abs() <= within), "{seen:?} {want:?}");
}

fn three(by: &Reconciliation) -> Reconciler {
    Reconciler::new(Hierarchy::tree(&[None, Some(0), Some(0)]).expect("a tree"), by).expect("usable")
}

#[test]
fn a_tree_of_three_agrees_with_the_closed_form() {
    // the gap d = ŷ₀ − ŷ₁ − ŷ₂ is shared in proportion to the variances: ỹᵢ = ŷᵢ + wᵢ d / (w₀ + w₁ + w₂), i = 1, 2
    let base = [10.0, 3.0, 4.0];
    near(&three(&Reconciliation::Equal).apply(&base), &[9.0, 4.0, 5.0], 1e-12);
    near(&three(&Reconciliation::Structural).apply(&base), &[8.5, 3.75, 4.75], 1e-12);
    near(&three(&Reconciliation::Variance(vec![1.0, 2.0, 3.0])).apply(&base), &[9.5, 4.0, 5.5], 1e-12);
    near(&three(&Reconciliation::BottomUp).apply(&base), &[7.0, 3.0, 4.0], 1e-12);
    near(&three(&Reconciliation::TopDown(vec![1.0, 3.0])).apply(&base), &[10.0, 2.5, 7.5], 1e-12);
    // a variance of zero is not moved
    near(&three(&Reconciliation::Variance(vec![0.0, 1.0, 1.0])).apply(&base), &[10.0, 4.5, 5.5], 1e-8);
    near(&three(&Reconciliation::Variance(vec![0.0; 3])).apply(&base), &[9.0, 4.0, 5.0], 1e-12);
}

#[test]
fn series_may_come_in_any_order() {
    // 2 is the root, 0 an inner series over 1 and 4, 3 a leaf
    let hierarchy = Hierarchy::tree(&[Some(2), Some(0), None, Some(2), Some(0)]).expect("a tree");
    assert_eq!(hierarchy.leaves(), [1, 3, 4]);
    assert_eq!(hierarchy.from_leaves(&[1.0, 10.0, 100.0]), vec![101.0, 1.0, 111.0, 10.0, 100.0]);
    let same = Hierarchy::sums(3, &[vec![0, 1, 2], vec![2, 0]]).expect("sums");
    let by = Reconciliation::Structural;
    let a = Reconciler::new(hierarchy, &by).expect("usable").apply(&[5.0, 2.0, 20.0, 9.0, 4.0]);
    let b = Reconciler::new(same, &by).expect("usable").apply(&[20.0, 5.0, 2.0, 9.0, 4.0]);
    near(&[a[2], a[0], a[1], a[3], a[4]], &b, 1e-12);
}

#[test]
fn what_is_not_a_hierarchy_is_refused() {
    assert_eq!(Hierarchy::tree(&[Some(7)]), Err(ReconcileError::NotATree { series: 0 }));
    assert!(matches!(Hierarchy::tree(&[Some(1), Some(0)]), Err(ReconcileError::NotATree { .. })));
    assert!(matches!(Hierarchy::tree(&[Some(1), Some(0), Some(0)]), Err(ReconcileError::NotATree { .. })));
    assert_eq!(Hierarchy::sums(2, &[vec![]]), Err(ReconcileError::NoSuchLeaf { sum: 0 }));
    assert_eq!(Hierarchy::sums(2, &[vec![0, 2]]), Err(ReconcileError::NoSuchLeaf { sum: 0 }));
    let pair = || Hierarchy::sums(2, &[]).expect("leaves");
    let error = |by| Reconciler::new(pair(), &by).expect_err("unusable");
    assert_eq!(error(Reconciliation::TopDown(vec![1.0, 1.0])), ReconcileError::NoTop);
    assert_eq!(error(Reconciliation::TopDown(vec![1.0])), ReconcileError::Length { have: 1, want: 2 });
    assert_eq!(error(Reconciliation::Variance(vec![1.0, -1.0])), ReconcileError::Weights);
    assert_eq!(error(Reconciliation::Covariance(vec![1.0, f64::NAN, 0.0, 1.0])), ReconcileError::Weights);
    near(&Reconciler::new(pair(), &Reconciliation::Equal).expect("usable").apply(&[1.0, 2.0]), &[1.0, 2.0], 0.0);
}

#[test]
fn every_path_becomes_coherent() {
    let reconciler = three(&Reconciliation::Variance(vec![4.0, 1.0, 2.0]));
    let mut paths = vec![vec![10.0, 1.0, 5.0], vec![3.0, 4.0, 0.0], vec![4.0, -9.0, 5.0]];
    let alone = reconciler.apply(&[1.0, 4.0, -9.0]);
    let mut cut = paths.clone();
    reconciler.apply_paths(&mut paths, false).expect("fits");
    near(&[paths[0][1], paths[1][1], paths[2][1]], &alone, 0.0);
    reconciler.apply_paths(&mut cut, true).expect("fits");
    for ((top, left), right) in cut[0].iter().zip(&cut[1]).zip(&cut[2]) {
        assert!(*top == left + right && *left >= 0.0 && *right >= 0.0);
    }
    assert!(reconciler.apply_paths(&mut paths[..2], false).is_err());
    paths[1].pop();
    assert!(reconciler.apply_paths(&mut paths, false).is_err());
}

#[derive(serde::Deserialize)]
struct Peer {
    leaves: usize,
    sums: Vec<Vec<usize>>,
    errors: Vec<Vec<f64>>,
    base: Vec<f64>,
    equal: Vec<f64>,
    structural: Vec<f64>,
    variance: Vec<f64>,
    covariance: Vec<f64>,
    shrink: f64,
    low: Vec<f64>,
    nonnegative_structural: Vec<f64>,
    nonnegative_covariance: Vec<f64>,
}

#[test]
fn projections_are_those_of_the_usual_formula() {
    let peers: Vec<Peer> =
        serde_json::from_str(include_str!("../../../tests/fixtures/forecast/reconcile.json")).expect("a fixture");
    for peer in peers {
        let errors: Vec<&[f64]> = peer.errors.iter().map(Vec::as_slice).collect();
        let matrix = shrunk_covariance(&errors);
        let n = errors.len();
        let mean: f64 = errors[0].iter().zip(errors[1]).map(|(a, b)| a * b).sum::<f64>() / errors[0].len() as f64;
        assert!((matrix[1] / mean - (1.0 - peer.shrink)).abs() < 1e-9, "{} {}", matrix[1] / mean, peer.shrink);
        let with = |by| Reconciler::new(Hierarchy::sums(peer.leaves, &peer.sums).expect("sums"), &by).expect("usable");
        let variances = (0..n).map(|i| matrix[i * n + i]).collect();
        // solved twice over in 64 bits, condition up to 1e4
        near(&with(Reconciliation::Equal).apply(&peer.base), &peer.equal, 1e-8);
        near(&with(Reconciliation::Structural).apply(&peer.base), &peer.structural, 1e-8);
        near(&with(Reconciliation::Variance(variances)).apply(&peer.base), &peer.variance, 1e-8);
        let covariance = with(Reconciliation::Covariance(matrix));
        near(&covariance.apply(&peer.base), &peer.covariance, 1e-8);
        near(&with(Reconciliation::Structural).apply_nonnegative(&peer.low), &peer.nonnegative_structural, 1e-6);
        near(&covariance.apply_nonnegative(&peer.low), &peer.nonnegative_covariance, 1e-6);
    }
}

proptest! {
    #[test]
    fn projections_are_coherent_idempotent_and_leave_the_coherent_alone(
        (parents, base, variances) in (3_usize..14).prop_flat_map(|n| (
            prop::collection::vec(any::<prop::sample::Index>(), n),
            prop::collection::vec(-50.0..50.0, n),
            prop::collection::vec(0.01..10.0, n),
        )),
    ) {
        let parents: Vec<Option<usize>> = parents.iter().enumerate().map(|(i, at)| (i > 0).then(|| at.index(i.max(1)))).collect();
        let hierarchy = Hierarchy::tree(&parents).expect("parents come first");
        for by in [Reconciliation::Equal, Reconciliation::Structural, Reconciliation::Variance(variances.clone()), Reconciliation::BottomUp] {
            let reconciler = Reconciler::new(hierarchy.clone(), &by).expect("usable");
            let once = reconciler.apply(&base);
            let leaves: Vec<f64> = hierarchy.leaves().iter().map(|leaf| once[*leaf]).collect();
            prop_assert_eq!(&hierarchy.from_leaves(&leaves), &once);
            let twice = reconciler.apply(&once);
            prop_assert!(once.iter().zip(&twice).all(|(a, b)| (a - b).abs() < 1e-8));
            let cut = reconciler.apply_nonnegative(&base);
            prop_assert!(cut.iter().all(|value| *value >= 0.0));
        }
    }
}
