use super::*;
use proptest::prelude::*;

fn forms() -> [IntermittentForm; 4] {
    [IntermittentForm::Croston, IntermittentForm::Sba, IntermittentForm::Tsb, IntermittentForm::Adida]
}

#[test]
fn croston_by_hand() {
    // sizes 4, 6: 4 then 4 + 0.5·2 = 5; intervals 2, 3: 2 then 2.5; rate 2; SBA × 0.75
    let past = [0.0, 4.0, 0.0, 0.0, 6.0, 0.0];
    let with = |form| Intermittent { form, weights: Some((0.5, 0.5)), ..Intermittent::default() }.fit(&past).expect("fits");
    assert_eq!(with(IntermittentForm::Croston).outlook(2).centre, vec![2.0, 2.0]);
    assert_eq!(with(IntermittentForm::Sba).outlook(1).centre, vec![1.5]);
    let residuals = with(IntermittentForm::Croston).residuals.clone();
    assert!(residuals[..2].iter().all(|r| r.is_nan()) && residuals[2..] == [-2.0, -2.0, 4.0, -2.0], "{residuals:?}");
    // TSB: indicator 0, 1/2, 1/4, 1/8, 9/16, 9/32; size 5
    assert!((with(IntermittentForm::Tsb).outlook(1).centre[0] - 5.0 * 9.0 / 32.0).abs() < 1e-12);
    // ADIDA: interval (2 + 3)/2 = 2.5 to even 2; sums 4, 0, 6: 4, 2, 4, halved
    assert!((with(IntermittentForm::Adida).outlook(1).centre[0] - 2.0).abs() < 1e-12);
}

#[test]
fn a_gap_is_a_step_that_does_not_count() {
    for form in forms() {
        let method = Intermittent { form, ..Intermittent::default() };
        let with = method.fit(&[0.0, 3.0, f64::NAN, 0.0, 5.0, f64::NAN, 0.0, 2.0]).expect("fits");
        let without = method.fit(&[0.0, 3.0, 0.0, 5.0, 0.0, 2.0]).expect("fits");
        assert_eq!(with.outlook(3), without.outlook(3));
        assert!(with.residuals.len() == 8 && with.residuals[2].is_nan());
    }
}

#[test]
fn kinds_of_demand() {
    let kind = |past: &[f64]| demand(past).map(|demand| demand.pattern);
    assert_eq!(kind(&[5.0, 6.0, 5.0, 4.0]), Some(DemandPattern::Smooth));
    assert_eq!(kind(&[1.0, 20.0, 1.0, 2.0]), Some(DemandPattern::Erratic));
    assert_eq!(kind(&[5.0, 0.0, 5.0, 0.0]), Some(DemandPattern::Intermittent));
    assert_eq!(kind(&[1.0, 0.0, 30.0, 0.0, 0.0, 1.0]), Some(DemandPattern::Lumpy));
    assert_eq!(kind(&[0.0, f64::NAN]), None);
    let seen = demand(&[0.0, 1.0, 0.0, 3.0]).expect("demands");
    assert_eq!((seen.interval, seen.variation), (2.0, 0.5));
}

#[test]
fn the_distribution_of_a_step_has_the_mean_and_spread_it_says() {
    // Bernoulli(0.3) × {2, 4, 9} in turn, long: mean and sd of the stated quantiles against centre and sd
    let past: Vec<f64> = (0..400_u32).map(|t| if t * 3 % 10 < 3 { [2.0, 4.0, 9.0][t as usize % 3] } else { 0.0 }).collect();
    for form in forms() {
        let fitted = Intermittent { form, weights: Some((0.05, 0.05)), ..Intermittent::default() }.fit(&past).expect("fits");
        let (p, outlook) = (fitted.chance(), fitted.outlook(1));
        let draws = 20_000;
        let values: Vec<f64> = (0..draws)
            .map(|i| {
                let within = ((f64::from(i) + 0.5) / f64::from(draws) - (1.0 - p)) / p;
                if within > 0.0 { fitted.sizes.quantile(within.min(1.0 - 1e-9)) } else { 0.0 }
            })
            .collect();
        let mean = values.iter().sum::<f64>() / f64::from(draws);
        let sd = (values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / f64::from(draws)).sqrt();
        assert!(
            (mean - outlook.centre[0]).abs() < 2e-3 * mean && (sd - outlook.sd[0]).abs() < 5e-3 * sd,
            "{form:?} {mean} {sd} {:?}",
            fitted.outlook(1)
        );
    }
}

#[test]
fn awkward_pasts_give_finite_numbers_or_none() {
    let pasts: [&[f64]; 8] = [
        &[0.0; 30],
        &[7.0; 30],
        &[1e12, 0.0, 3e12],
        &[1e-9, 0.0, 2e-9, 0.0],
        &[5.0],
        &[f64::NAN, 0.0, f64::NAN, 2.5],
        &[1.0, 1.0, 1.0, 0.0, 1.0],
        &[0.1, 900.0, 0.0, 0.2, 0.1, 1e6],
    ];
    for past in pasts {
        for form in forms() {
            let outlook = Intermittent { form, ..Intermittent::default() }.fit(past).expect("fits").outlook(3);
            let quantiles = outlook.quantiles.expect("stated");
            assert!(quantiles.iter().flatten().chain(&outlook.centre).chain(&outlook.sd).all(|v| v.is_finite() && *v >= 0.0));
        }
    }
    assert!(Intermittent::default().fit(&[1.0, -1.0]).is_none() && Intermittent::default().fit(&[]).is_none());
}

#[derive(serde::Deserialize)]
struct Peer {
    past: Vec<f64>,
    croston: f64,
    sba: f64,
    tsb: f64,
    adida: f64,
    adida_weight: f64,
}

#[test]
fn rates_are_those_of_statsforecast() {
    let peers: Vec<Peer> =
        serde_json::from_str(include_str!("../../../../tests/fixtures/forecast/intermittent.json")).expect("a fixture");
    for peer in peers {
        let rate = |form, size, rate| {
            let method = Intermittent { form, weights: Some((size, rate)), ..Intermittent::default() };
            method.fit(&peer.past).expect("fits").outlook(1).centre[0]
        };
        // the peer computes in 64 bits with the same recursions: rounding only
        let near = |ours: f64, theirs: f64| assert!((ours - theirs).abs() <= 1e-10 * theirs.abs().max(1.0), "{ours} {theirs}");
        near(rate(IntermittentForm::Croston, 0.1, 0.1), peer.croston);
        near(rate(IntermittentForm::Sba, 0.1, 0.1), peer.sba);
        near(rate(IntermittentForm::Tsb, 0.2, 0.05), peer.tsb);
        near(rate(IntermittentForm::Adida, 0.1, peer.adida_weight), peer.adida);
    }
}

proptest! {
    #[test]
    fn quantiles_rise_and_are_never_negative(
        past in prop::collection::vec(prop_oneof![Just(0.0), Just(f64::NAN), 0.0..50.0, (0_u32..40).prop_map(f64::from)], 1..80),
        form in prop::sample::select(forms().to_vec()),
    ) {
        if let Some(fitted) = (Intermittent { form, ..Intermittent::default() }).fit(&past) {
            for quantiles in fitted.outlook(12).quantiles.expect("stated") {
                prop_assert!(quantiles[0] >= 0.0 && quantiles.windows(2).all(|pair| pair[0] <= pair[1]), "{quantiles:?}");
            }
            prop_assert_eq!(fitted.refit(&past).expect("fits").outlook(2), fitted.outlook(2));
        }
    }
}
