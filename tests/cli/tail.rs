//! What an agent wrote: where it is looked for.

use crate::fake::Fake;

#[test]
fn where_output_would_lie_is_said_as_this_home_has_it() {
    let fake = Fake::absent();
    for verb in [&["agent", "tail", "bob"][..], &["agent", "tail", "bob", "--verify"]] {
        let output = fake.mosaic(verb);
        assert_eq!(output.code, 4, "{output:?}");
        assert!(output.stderr.contains("next: `ls HOME/state/output` shows"), "{output:?}");
    }
}
