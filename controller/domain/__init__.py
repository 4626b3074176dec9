"""All rules. Pure: no clock, no I/O, no logging, no await; imports the standard library and itself."""
