"""What files say of themselves, as plain values, and how numbers and names look to people."""
