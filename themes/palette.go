package themes

// swatch is one colour: 24-bit, and the index of the xterm 256-colour cube that the design gives for it,
// the nearest in CIELAB. nearest means: not given, computed.
type swatch struct {
	rgb   uint32
	index int
}

const nearest = -1

type palette [tokens]swatch

func dark() palette {
	return palette{
		Bg: {0x0B0F14, 233}, Surface: {0x121922, 234}, Raised: {0x1A2430, 235},
		Line: {0x2B3A4A, 237}, LineFocus: {0x8FB8FF, 111},
		Text: {0xD7E0EA, 253}, Dim: {0x8494A6, 246}, Faint: {0x5B6B7D, 242}, Accent: {0x7FB2FF, 111},
		Go: {0x4CC38A, 36}, Caution: {0xF2B84B, 221}, Stop: {0xFF6369, 203}, Esc: {0xD48CFF, 177},
		Plan: {0x7FB2FF, 111}, Dark: {0x9AA7B4, 248},
		SelBg: {0x1C2B3E, 235}, FreshBg: {0x2A2F1C, 236},
		Sandbox: {0x5FD7D7, 80}, SandboxBg: {0x123C42, 237},
	}
}

func light() palette {
	return palette{
		Bg: {0xFBFAF7, 231}, Surface: {0xF1EFE9, 255}, Raised: {0xE7E4DC, 254},
		Line: {0xBDB8AC, 250}, LineFocus: {0x1D4ED8, 27},
		Text: {0x1B2430, 235}, Dim: {0x536070, 59}, Faint: {0x7B8694, 102}, Accent: {0x1D4ED8, 27},
		Go: {0x0B6B43, 29}, Caution: {0x8A5A00, 94}, Stop: {0xB3151F, 124}, Esc: {0x7A2DA8, 54},
		Plan: {0x1D4ED8, 27}, Dark: {0x5B6572, 241},
		SelBg: {0xDCE6FA, 254}, FreshBg: {0xFFF3CC, 230},
		Sandbox: {0x0B6670, 23}, SandboxBg: {0xCDEBEA, 195},
	}
}

func highContrast() palette {
	return palette{
		Bg: {0x000000, nearest}, Surface: {0x000000, nearest}, Raised: {0x1A1A1A, nearest},
		Line: {0xFFFFFF, nearest}, LineFocus: {0xFFFF00, nearest},
		Text: {0xFFFFFF, nearest}, Dim: {0xE0E0E0, nearest}, Faint: {0xC8C8C8, nearest}, Accent: {0x00E5FF, nearest},
		Go: {0x00FF7F, nearest}, Caution: {0xFFD500, nearest}, Stop: {0xFF6B6B, nearest}, Esc: {0xFF9CFF, nearest},
		Plan: {0x7FDBFF, nearest}, Dark: {0xD0D0D0, nearest},
		SelBg: {0xFFFF00, nearest}, FreshBg: {0x333300, nearest},
		Sandbox: {0x5FFFD7, nearest}, SandboxBg: {0x00403A, nearest},
	}
}

// cbSafe keeps the grounds of dark. Its keys are the grey of plan and underlined, because blue is Go here,
// and its cursor is white, because yellow is Caution.
func cbSafe() palette {
	p := dark()
	p[LineFocus] = swatch{0xFFFFFF, 231}
	p[Accent] = swatch{0xB8C4D0, 251}
	p[Plan] = swatch{0xB8C4D0, 251}
	p[Go] = swatch{0x56B4E9, 74}
	p[Caution] = swatch{0xF0E442, 227}
	p[Stop] = swatch{0xFF7A33, 166}
	p[Esc] = swatch{0xE39BC4, 175}
	return p
}

// cbLight keeps the grounds of light. As in cbSafe its keys and planned shapes are grey, because blue is Go.
func cbLight() palette {
	p := light()
	p[LineFocus] = swatch{0x000000, nearest}
	p[Accent] = swatch{0x3D4856, nearest}
	p[Plan] = swatch{0x3D4856, nearest}
	p[Go] = swatch{0x005FA8, nearest}
	p[Caution] = swatch{0x8A6D00, nearest}
	p[Stop] = swatch{0x6E0F1F, nearest}
	return p
}
