//! The `mosaic` program.

fn main() -> std::process::ExitCode {
    mosaic::run()
}
