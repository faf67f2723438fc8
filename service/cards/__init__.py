"""From conclusions to CDS Hooks cards. Text that came with the patient passes ``text.escaped`` first."""
