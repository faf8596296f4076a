"""Which numbers mean the same thing whoever writes them down.

A sender's own number is hashed together with the sender, so that number 17 of one trust is not
number 17 of another. A number that one body gives and others copy must hash alike everywhere, or
what it joins falls apart.
"""

# The incident number is the ambulance service's; emergency departments copy it.
SHARED_BETWEEN_SENDERS = frozenset({"ambulance_incident"})
