//! The `counterpart` command.

fn main() -> std::process::ExitCode {
    counterpart::cli::main()
}
