"""Networks of constraints: exploring them, making them smaller, cutting them into parts whose counts multiply."""
