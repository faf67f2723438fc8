"""Calls to other servers. The only room that opens a connection to anybody."""
