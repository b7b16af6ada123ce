no base64
