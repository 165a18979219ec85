"""What may be done: policies and who may change them."""
