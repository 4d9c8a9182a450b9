//! What crosses the control socket: HTTP/JSON, one typed API for every surface.
