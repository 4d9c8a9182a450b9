//! Hold of our tmux server's process: whether it lives is asked of the kernel, and never of a
//! connection or a file.

use crate::host::process::PidFd;

/// A server that the fleet has its panes on.
pub struct Hold {
    /// None where the kernel gave no hold of it: then what its socket says must do.
    process: Option<PidFd>,
}

impl Hold {
    /// Takes hold of a server that has just said its pid.
    pub fn of(pid: u32) -> Self {
        let process = PidFd::open(pid);
        if let Err(error) = &process {
            tracing::warn!(pid, %error, "hold the process of our tmux server");
        }
        Self { process: process.ok() }
    }

    /// Waits until its process is gone; for ever where nobody can tell.
    pub async fn gone(&self) {
        if let Some(process) = &self.process
            && process.gone().await.is_ok()
        {
            return;
        }
        std::future::pending::<()>().await;
    }
}
